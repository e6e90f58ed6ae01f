"""CSV files of products, kits and SKU aliases: looked at, applied, taken back.

``sheet`` reads a file, ``cells`` its values, ``kinds`` says what a row of each kind
means, ``plan`` compares it with what is there, ``run`` applies it in small transactions
and takes it back.
"""
