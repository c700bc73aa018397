#!/bin/sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The portkit authors
#
# The FreeBSD release that the sample drivers are written for.

TYPE="FreeBSD"
REVISION="14.0"
BRANCH="RELEASE"

echo "${TYPE} ${REVISION}-${BRANCH}"
