// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Linux.Sandbox;

/// <summary>
/// A condition on one argument of a system call: some of its bits have a value. What pointers point to is out of a
/// filter's reach.
/// </summary>
/// <remarks>
/// The lower 32 bits are looked at, which is all that the kernel takes of an <c>int</c>; only
/// <see cref="IsNull"/> looks at all 64.
/// </remarks>
public readonly struct ArgumentCheck
{
    private readonly int _index;
    private readonly uint _mask;
    private readonly uint _value;
    private readonly bool _isWide;

    private ArgumentCheck(int index, uint mask, uint value, bool isWide = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(index, 5);
        _index = index;
        _mask = mask;
        _value = value;
        _isWide = isWide;
    }

    /// <param name="index">0 to 5.</param>
    public static ArgumentCheck Is(int index, uint value) => new(index, uint.MaxValue, value);

    /// <summary>The bits of a mask have a value: for requests that follow each other.</summary>
    public static ArgumentCheck Matches(int index, uint mask, uint value) => new(index, mask, value);

    public static ArgumentCheck IsNull(int index) => new(index, uint.MaxValue, 0, isWide: true);

    public static ArgumentCheck HasAll(int index, uint bits) => new(index, bits, bits);

    public static ArgumentCheck HasNone(int index, uint bits) => new(index, bits, 0);

    /// <summary>A piece of program that ends with the answer where the condition holds, and goes on otherwise.</summary>
    internal unsafe SockFilter[] Assemble(uint answer)
    {
        // Both architectures are little-endian: the lower half of an argument comes first.
        SeccompData data;
        int low = (int)((byte*)&data.Arguments[_index] - (byte*)&data);
        SockFilter[] then = [BpfCode.Return(answer)];
        if (_isWide)
            then = [BpfCode.Load(low + sizeof(uint)), .. BpfCode.IfEqual(0, then)];
        SockFilter[] compare = BpfCode.IfEqual(_value, then);
        return _mask == uint.MaxValue ? [BpfCode.Load(low), .. compare] : [BpfCode.Load(low), BpfCode.And(_mask), .. compare];
    }
}
