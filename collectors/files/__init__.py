"""Files: who they are whatever they are called, how they are found, followed through rotation, and unpacked."""
