"""GraphQL answered without a schema: a query is parsed, each field looked up by its name, and unknown ones are null."""

from typing import Any

from graphql import parse, value_from_ast_untyped
from graphql.language import ast

Node = dict[str, Any]


def answer(query: str, variables: Node, root: Node) -> Node:
    """Return what a query asks of the root; a callable gets the arguments of its field."""
    document = parse(query, no_location=True)
    parts = {part.name.value: part for part in document.definitions if isinstance(part, ast.FragmentDefinitionNode)}
    operation = next(part for part in document.definitions if isinstance(part, ast.OperationDefinitionNode))
    defaults = {
        each.variable.name.value: value_from_ast_untyped(each.default_value) if each.default_value else None
        for each in operation.variable_definitions or ()
    }
    return _selected(operation.selection_set, root, defaults | variables, parts)


def _selected(fields: ast.SelectionSetNode, node: Node, variables: Node, parts: dict[str, Any]) -> Node:
    found: Node = {}
    for field in fields.selections:
        if isinstance(field, ast.FragmentSpreadNode):
            found |= _selected(parts[field.name.value].selection_set, node, variables, parts)
        elif isinstance(field, ast.InlineFragmentNode):
            found |= _selected(field.selection_set, node, variables, parts)
        elif _is_wanted(field, variables):
            value: Any = node.get(field.name.value)
            if callable(value):
                value = value(
                    {each.name.value: value_from_ast_untyped(each.value, variables) for each in field.arguments or ()}
                )
            if field.selection_set:
                value = _inside(field.selection_set, value, variables, parts)
            found[field.alias.value if field.alias else field.name.value] = value
    return found


def _inside(fields: ast.SelectionSetNode, value: Any, variables: Node, parts: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_selected(fields, each, variables, parts) for each in value]
    return _selected(fields, value, variables, parts) if isinstance(value, dict) else None


def _is_wanted(field: ast.FieldNode, variables: Node) -> bool:
    directives = {
        each.name.value: value_from_ast_untyped(each.arguments[0].value, variables)
        for each in field.directives or ()
        if each.arguments
    }
    return directives.get("include") is not False and directives.get("skip") is not True
