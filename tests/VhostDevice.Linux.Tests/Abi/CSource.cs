// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Reflection;
using System.Text;

namespace VhostDevice.Linux.Tests.Abi;

/// <summary>Writes our declarations as C that compiles only if the headers agree.</summary>
internal sealed class CSource
{
    private readonly StringBuilder _text = new();

    internal CSource(params IEnumerable<string> headers)
    {
        Line("// Made by the ABI tests: each message of the compiler names the C# item that is wrong.");
        Line("#define _GNU_SOURCE 1");
        foreach (string header in headers)
            Include(header);
    }

    internal void Line(string line) => _text.Append(line).Append('\n');

    internal void Include(string header) => Line($"#include <{header}>");

    /// <param name="expression">C; it is compared as a 64-bit number, so that sign and width do not matter.</param>
    internal void Equal(string item, string expression, object ours)
    {
        string literal = Declared.Literal(ours);
        Line(
            $"_Static_assert((unsigned long long)({expression}) == (unsigned long long){literal}, \"{item} is "
                + $"{literal} in C#, unlike {Escape(expression)}\");");
    }

    /// <summary>An enum of flags is unsigned with us where C may have a negative int: 32 bits decide.</summary>
    internal void Equal32(string item, string expression, object ours)
    {
        string literal = Declared.Literal(ours);
        Line($"_Static_assert((unsigned)({expression}) == (unsigned){literal}, \"{item} is {literal} in C#, unlike {Escape(expression)}\");");
    }

    internal void Struct(CStruct s)
    {
        if (s.Condition is not null)
            Line("#if " + s.Condition);
        Equal($"the size of {s.Type.Name}", $"sizeof({s.C})", Declared.SizeOf(s.Type));
        foreach ((string ours, string? theirs) in s.Fields)
        {
            if (theirs is null)
                continue;
            FieldInfo field = Declared.Fields(s.Type).Single(f => f.Name == ours);
            Equal($"the offset of {s.Type.Name}.{ours}", $"__builtin_offsetof({s.C}, {theirs})", Declared.OffsetOf(field));
            Equal($"the size of {s.Type.Name}.{ours}", $"sizeof((({s.C} *)0)->{theirs})", Declared.SizeOf(field.FieldType));
        }

        if (s.Condition is not null)
            Line("#endif");
    }

    /// <summary>A call with arguments of our types: wrong counts, pointers for numbers and narrowing do not compile.</summary>
    internal void Import(MethodInfo method)
    {
        ParameterInfo[] parameters = method.GetParameters();
        string declared = parameters.Length == 0 ? "void" : string.Join(", ", parameters.Select(p => $"{CType(p.ParameterType)}a{p.Position}"));
        string call = $"{method.Name}({string.Join(", ", parameters.Select(p => $"a{p.Position}"))})";
        Line($"static inline void import_{method.Name}({declared}) {{");
        if (method.ReturnType != typeof(void))
            Line(
                $"  _Static_assert(sizeof({call}) == {Declared.SizeOf(method.ReturnType)}, \"Libc.{method.Name} "
                    + $"returns {method.ReturnType.Name} in C#\");");
        Line($"  (void){call};");
        Line("}");
    }

    public override string ToString() => _text.ToString();

    private static string CType(Type type) => type switch
    {
        _ when type == typeof(int) => "int ",
        _ when type == typeof(short) => "short ",
        _ when type == typeof(uint) => "unsigned ",
        _ when type == typeof(long) => "long ",
        _ when type == typeof(ulong) || type == typeof(nuint) => "unsigned long ",
        _ when type == typeof(string) => "const char *",
        // Either the variadic argument of fcntl or a function pointer: void* converts to both.
        _ when type.IsPointer || type == typeof(nint) => "void *",
        _ => throw new NotSupportedException($"Say in {nameof(CSource)}.{nameof(CType)} what {type} is in C."),
    };

    private static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
