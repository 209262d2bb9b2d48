#!/usr/bin/env python3
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs a playbook, and kills all of its processes when a task begins: kill_at.py INVENTORY PLAYBOOK VARIABLES TASK."""

from __future__ import annotations

import json
import sys

from ansible_collections.mlops.mlflow.tests.integration.lab import Play

inventory, playbook, variables, task = sys.argv[1:]
play = Play(playbook=playbook, variables=json.loads(variables), inventory=inventory)
for _start, name in play.follow():
    if name.endswith(task):
        play.kill()
        sys.exit()
sys.exit(f"{playbook} never came to {task}:\n{play.output[-3000:]}")
