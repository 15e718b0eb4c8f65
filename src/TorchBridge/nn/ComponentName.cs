#nullable disable // as in TorchSharp
using System.Reflection;
using TorchSharp.Utils;

namespace TorchSharp
{
    namespace Utils
    {
        /// <summary>The name a field's module, parameter or buffer has in the state_dict, where it is not the field's own.</summary>
#pragma warning disable CA1018 // TorchSharp does not say where it may stand
        public class ComponentNameAttribute : Attribute
        {
            public string Name { get; set; }
        }
#pragma warning restore CA1018
    }

    /// <summary>The names of components.</summary>
    public static class FieldInfoExtensionMethods
    {
        public static string ComponentName(this FieldInfo field) => field.GetCustomAttribute<ComponentNameAttribute>()?.Name ?? field.Name;
    }
}
