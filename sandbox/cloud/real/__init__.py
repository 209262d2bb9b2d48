# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What runs in Docker behind the API: droplets, clusters, DNS, and an S3 server for Spaces."""
