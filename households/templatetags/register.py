"""The register's codes in templates."""

from django import template

from households import words

register = template.Library()
register.filter("category_words", words.category)
