"""What an answer is: shares of classes, a number. Kinds whose answers have one shape know the same arithmetic."""
