"""One file per family: a transformers configuration to an `EncoderSpec`. Data, no forward of their own."""
