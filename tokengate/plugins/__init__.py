"""Where components are found: modules in this package, here and in any `tokengate/plugins/` folder on sys.path."""

from twisted.plugin import pluginPackagePaths

__path__.extend(pluginPackagePaths(__name__))
__all__: list[str] = []
