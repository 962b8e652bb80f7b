"""The logs of this node's pods: names from paths, labels and owners from one watch."""
