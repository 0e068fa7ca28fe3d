"""Judge agents: rubrics as data, what a judge is shown, how its verdict is read, and a panel of judges at work."""
