"""The training of one network: data, module, optimizer, history and final scores."""
