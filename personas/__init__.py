"""Who is interviewed: personas, populations, margins and weights. Knows no survey and no engine."""
