"""Creates the tests' users in the FAB auth manager; runs as a process of its own in the server's environment.

Arguments: pairs USER=DAG, where the user may read that DAG and nothing else; an empty DAG: no permission.
The passwords come as one JSON object in the environment variable PASSWORDS.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder


def main() -> None:
    passwords = json.loads(os.environ["PASSWORDS"])
    with get_application_builder() as builder:
        manager: Any = builder.sm
        for user, _, dag_id in (argument.partition("=") for argument in sys.argv[1:]):
            role = manager.add_role(f"role of {user}")
            if dag_id:
                manager.add_permission_to_role(role, manager.create_permission("can_read", f"DAG:{dag_id}"))
            assert manager.add_user(user, user, user, f"{user}@example.com", role, passwords[user])


if __name__ == "__main__":
    main()
