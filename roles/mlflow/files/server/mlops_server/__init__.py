# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a release runs beside MLflow (3.17.2).

The worker's event loop, artifact repositories that stream, systemd's notifications.

It is on the server's PYTHONPATH only, so a client that uses the interpreter of a release does not get the server's
artifact repositories.
"""
