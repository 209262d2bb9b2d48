# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The machines of a local inventory, which are containers that behave like droplets, and a small cloud.

Start reading in environment.py.
"""
