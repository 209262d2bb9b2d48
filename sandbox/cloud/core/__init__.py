# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What every part of the service is built on.

The store, requests and refusals, delays, faults, rate limits, and what is behind the API.
"""
