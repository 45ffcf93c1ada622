"""What a file holds, decided by its content: uploads come in clean or not at all, pictures of them go out marked.

Nothing here trusts a name or a declared type. Pictures are decoded and written anew, PDF files are searched, both
in a process of their own with hard limits (`apart`), so that a file made to break a decoder breaks only that.
"""
