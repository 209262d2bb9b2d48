# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The service over HTTP and TLS.

Here are the contract with the published OpenAPI document, and the endpoints that control the sandbox itself.
"""
