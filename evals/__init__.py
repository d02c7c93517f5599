"""Problems, the runs over them, and the speeds; imports agent_graph, never the reverse."""
