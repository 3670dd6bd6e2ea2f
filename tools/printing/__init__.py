"""The whole book as PDF, as EPUB and as one .zip of the site, all from the pages that `make book` built."""
