def render_page(findings):
    raise NotImplementedError
