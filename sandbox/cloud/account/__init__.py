# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What belongs to the account as a whole.

Limits and status, tokens and their scopes, SSH keys, tags, projects, and the catalog of what it can have.
"""
