"""The record: rows, migrations, one writer, any number of readers. A LangGraph checkpoint is never the record."""
