# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The part of DigitalOcean's API v2 that the collection and other clients of the same resources use.

It has real things behind it. The packages use one another in one direction: core, then account, networking, droplets,
databases and spaces, then api and real.
"""
