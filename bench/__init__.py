# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The claims of speed, each measured against what people have without this collection; start reading in __main__.py."""
