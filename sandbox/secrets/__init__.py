"""A local stand-in for Secret Manager's REST v1: create a secret, add versions, access them."""
