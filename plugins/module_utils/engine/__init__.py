# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The loop that brings resources to their desired state, whatever API they are in."""
