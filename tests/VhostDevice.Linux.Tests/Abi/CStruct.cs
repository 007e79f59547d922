// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests.Abi;

/// <summary>A struct of the floor and the C type that it must equal.</summary>
/// <param name="Type">Ours.</param>
/// <param name="C">Theirs, as it is written in C: <c>struct pollfd</c>.</param>
/// <param name="Fields">Every field of ours with its name in C; null for padding that C leaves unnamed.</param>
internal sealed record CStruct(Type Type, string C, params (string Ours, string? Theirs)[] Fields)
{
    /// <summary>The preprocessor condition under which the kernel has this layout.</summary>
    internal string? Condition { get; init; }

    internal static CStruct For<T>(string c, params (string Ours, string? Theirs)[] fields)
        where T : unmanaged => new(typeof(T), c, fields);
}
