"""A search: plans a grid of models, trains them phase after phase, and selects those that advance."""
