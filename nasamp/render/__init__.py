"""The render app: plays a dry recording through a trained model."""
