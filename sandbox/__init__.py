# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The machines that a local inventory lives on: containers that behave as droplets do. Start reading in environment.py."""
