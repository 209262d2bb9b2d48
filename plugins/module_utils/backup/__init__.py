# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The program `mlflow-backup`, which role backup installs on a host: timers and playbooks run it.

It runs with the interpreter of MLflow's release and imports nothing of Ansible.
"""
