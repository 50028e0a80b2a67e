# SPDX-License-Identifier: Apache-2.0
"""The comparison with other channels: `make bench-peers`."""
