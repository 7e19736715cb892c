"""What must hold of every line, by the plan and the lines before it: asked before a line is written, and when it is
read."""
