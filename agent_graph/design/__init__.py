"""How a role's design comes to be: asked of its model, its playbook, a person."""
