"""What words mean: the lexicon, numerals, dates, measures, stems, opposites, and words of similar spelling."""
