"""LangGraph wiring: the respondent's interview as a stateful graph. The steps themselves are elsewhere."""
