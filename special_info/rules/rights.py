"""The rights that writing special information takes, one a kind; reading takes the customer's."""

TAX, INVESTOR, AGENCY = "tax.change", "investor.change", "agency.change"
