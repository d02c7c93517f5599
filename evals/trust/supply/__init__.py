"""Where packages come from, what they may be, and git in hostile repositories."""
