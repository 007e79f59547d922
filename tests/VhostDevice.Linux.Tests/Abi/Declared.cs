// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Linux.Tests.Abi;

/// <summary>Everything of the kernel and the C library that the floor declares, by reflection.</summary>
internal static partial class Declared
{
    private const BindingFlags Own = BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic;

    // What the compiler makes has a '<' in its own name or in that of the type around it.
    private static readonly Type[] s_types =
        [
            .. typeof(Errno).Assembly.GetTypes()
                .Where(
                    t =>
                        !t.IsDefined(typeof(CompilerGeneratedAttribute))
                            && !t.FullName!.Contains('<', StringComparison.Ordinal)),
        ];

    internal static IEnumerable<Type> Structs => s_types.Where(t => t.IsValueType && !t.IsEnum);

    internal static IEnumerable<(string Name, object Value)> EnumMembers =>
        from t in s_types
        where t.IsEnum
        from f in t.GetFields(BindingFlags.Static | BindingFlags.Public)
        select ($"{t.Name}.{f.Name}", f.GetRawConstantValue()!);

    /// <summary>Numbers: constants, and read-only statics that hold an <see cref="Errno"/> or a number under a macro's name.</summary>
    internal static IEnumerable<(string Owner, string Name, object Value)> Constants =>
        from t in s_types
        where !t.IsEnum
        from f in t.GetFields(Own | BindingFlags.Static)
        let value = Number(f)
        where value is not null
        select (t.Name, f.Name, value);

    /// <summary>The functions of the C library that are called.</summary>
    internal static IEnumerable<MethodInfo> Imports =>
        typeof(Libc).GetMethods(Own | BindingFlags.Static).Where(m => !m.Name.Contains('<', StringComparison.Ordinal));

    /// <summary>The table of system calls; every field of it must carry the name that it is for.</summary>
    internal static IEnumerable<SystemCall> SystemCalls
    {
        get
        {
            foreach (FieldInfo f in typeof(global::VhostDevice.Linux.Sandbox.SystemCalls).GetFields(BindingFlags.Static | BindingFlags.Public))
            {
                SystemCall call = (SystemCall)f.GetValue(null)!;
                Assert.Equal(f.Name, call.Name);
                yield return call;
            }
        }
    }

    internal static IEnumerable<FieldInfo> Fields(Type type) => type.GetFields(Own | BindingFlags.Instance);

    internal static bool IsMacroName(string name) => MacroName().IsMatch(name);

    internal static int SizeOf(Type type) => type.IsPointer || type.IsFunctionPointer
        ? nint.Size
        : (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;

    /// <summary>Where the field really lies in managed memory, which with blittable arguments is what the kernel sees.</summary>
    internal static int OffsetOf(FieldInfo field)
    {
        DynamicMethod method = new("offset", typeof(nint), null, typeof(Declared).Module, skipVisibility: true);
        ILGenerator il = method.GetILGenerator();
        LocalBuilder local = il.DeclareLocal(field.DeclaringType!);
        il.Emit(OpCodes.Ldloca, local);
        il.Emit(OpCodes.Ldflda, field);
        il.Emit(OpCodes.Conv_U);
        il.Emit(OpCodes.Ldloca, local);
        il.Emit(OpCodes.Conv_U);
        il.Emit(OpCodes.Sub);
        il.Emit(OpCodes.Ret);
        return (int)method.CreateDelegate<Func<nint>>()();
    }

    /// <summary>Constants as the source writes them, which includes those inside methods that reflection cannot see.</summary>
    internal static IEnumerable<(string File, string Name)> ConstantsInSource()
    {
        string folder = Path.Combine(Repository.Root, "src", "VhostDevice.Linux");
        foreach (string file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
        {
            if (file.Contains("/obj/", StringComparison.Ordinal) || file.Contains("/bin/", StringComparison.Ordinal))
                continue;
            foreach (Match m in ConstantInSource().Matches(File.ReadAllText(file)))
                yield return (Path.GetRelativePath(Repository.Root, file), m.Groups[1].Value);
        }
    }

    internal static string Literal(object value) => value switch
    {
        ulong u => u.ToString(CultureInfo.InvariantCulture) + "ULL",
        _ => Convert.ToInt64(value, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture) + "LL",
    };

    private static object? Number(FieldInfo f)
    {
        if (f.IsLiteral)
            return f.GetRawConstantValue() is string or null ? null : f.GetRawConstantValue();
        if (!f.IsInitOnly || !IsMacroName(f.Name))
            return null;
        return f.GetValue(null) switch
        {
            Errno e => e.Code,
            nint n => (long)n,
            nuint n => (ulong)n,
            object o => o,
            null => null,
        };
    }

    [GeneratedRegex("^_?[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$")]
    private static partial Regex MacroName();

    [GeneratedRegex(@"\bconst\s+\w+\s+(\w+)\s*=")]
    private static partial Regex ConstantInSource();
}
