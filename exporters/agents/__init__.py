"""The agents of OpenStack (nova-compute, L2 agents, cinder-volume ...) as their APIs tell of them, for whole clouds."""
