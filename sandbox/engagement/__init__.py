"""Stand-ins for the sources of engagement: Gmail, the GA4 export, webhooks of Instagram and Facebook.

What they tell is made of the replayed sales: of some households some purchases are preceded by a visit to the shop's
web site, a question by e-mail or a comment. All of it is a pure function of sale and household ids.
"""
