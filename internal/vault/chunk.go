package vault

// LastChunk tells by the size of a sealed chunk whether it was sealed as the last one of its attachment: all others are
// full, and a full last one is padded to another size. [OpenChunk] proves it.
func LastChunk(sealed []byte) bool { return len(sealed) != envelopeOverhead+sizeChunk }
