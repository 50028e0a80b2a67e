# SPDX-License-Identifier: Apache-2.0
"""The comparison as a page and as pictures: `make report`."""
