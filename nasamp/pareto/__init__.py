"""The Pareto app: the front of quality against cost, recommendations, report, tables and plots."""
