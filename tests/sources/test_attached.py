"""Databases that setup.sql attaches."""


def test_an_attach_in_a_comment_attaches_nothing(read):
    setup = """CREATE TEMP VIEW one AS SELECT 1;
-- For PostgreSQL: ATTACH 'postgresql://user@127.0.0.1:1/shop' AS shop (TYPE postgres);
/* or ATTACH 'shop.db' AS shop (TYPE sqlite); */
CREATE TEMP VIEW two AS SELECT 2;
"""
    assert len(read(setup_sql=setup).tables["order_lines"]) == 3
