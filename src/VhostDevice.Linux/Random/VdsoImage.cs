// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

/// <summary>
/// The vDSO: functions of the kernel that run in the process itself, without a system call. The C library keeps
/// those it knows to itself, so the image's symbols are read here. A read outside of the image finds nothing.
/// </summary>
internal readonly ref struct VdsoImage
{
    // Elf64_Ehdr and the program headers lie in the first page, whose mapping needs no proof.
    private const int HeadBytes = 4096;

    private readonly ReadOnlySpan<byte> _image;

    internal VdsoImage(ReadOnlySpan<byte> image) => _image = image;

    internal ReadOnlySpan<byte> Bytes => _image;

    /// <summary>The image of this process; false where the kernel maps none.</summary>
    /// <param name="start">Where it is mapped.</param>
    internal static unsafe bool TryFind(out VdsoImage vdso, out nint start)
    {
        start = (nint)Libc.getauxval(Libc.AT_SYSINFO_EHDR);
        vdso = default;
        if (start == 0 || !new VdsoImage(new ReadOnlySpan<byte>((void*)start, HeadBytes)).TryLoadSegment(out Elf64ProgramHeader load)
            || load.Offset != 0 || load.FileSize > int.MaxValue)
            return false;
        vdso = new VdsoImage(new ReadOnlySpan<byte>((void*)start, (int)load.FileSize));
        return true;
    }

    /// <summary>Looks a function up among the dynamic symbols.</summary>
    /// <param name="offset">Where it begins, from the start of the image.</param>
    internal bool TryFunction(ReadOnlySpan<byte> name, out int offset)
    {
        offset = 0;
        if (!TryLoadSegment(out Elf64ProgramHeader load) || !TryDynamic(load, out ulong hash, out ulong strings, out ulong symbols))
            return false;
        // DT_HASH: bucket count, then the count of the symbols.
        if (!TryRead(hash + sizeof(uint), out uint count))
            return false;
        for (ulong i = 0; i < count; i++)
        {
            // The count may lie; the image ends all the same.
            if (!TryRead(symbols + (i * (ulong)Unsafe.SizeOf<Elf64Symbol>()), out Elf64Symbol symbol))
                return false;
            ulong at = symbol.Value - load.Address;
            if ((symbol.Info & 0xf) != Libc.STT_FUNC || symbol.Section == 0 || at >= (ulong)_image.Length || !IsString(strings + symbol.Name, name))
                continue;
            offset = (int)at;
            return true;
        }

        return false;
    }

    private bool TryLoadSegment(out Elf64ProgramHeader load) => TrySegment(Libc.PT_LOAD, out load);

    private bool TrySegment(uint type, out Elf64ProgramHeader segment)
    {
        segment = default;
        if (!TryRead(0, out Elf64Header header))
            return false;
        ReadOnlySpan<byte> identity = header.Identity;
        if (!identity.StartsWith("\x7f"u8) || !identity[1..].StartsWith("ELF"u8) || identity[4] != Libc.ELFCLASS64 || identity[5] != Libc.ELFDATA2LSB)
            return false;
        for (int i = 0; i < header.ProgramHeaderCount; i++)
        {
            if (!TryRead(header.ProgramHeaders + ((ulong)i * header.ProgramHeaderSize), out segment))
                return false;
            if (segment.Type == type)
                return true;
        }

        return false;
    }

    /// <summary>The offsets of the tables that a look-up needs.</summary>
    private bool TryDynamic(in Elf64ProgramHeader load, out ulong hash, out ulong strings, out ulong symbols)
    {
        hash = strings = symbols = 0;
        if (!TrySegment(Libc.PT_DYNAMIC, out Elf64ProgramHeader segment))
            return false;
        for (ulong at = segment.Offset; TryRead(at, out Elf64Dynamic entry) && entry.Tag != Libc.DT_NULL; at += (ulong)Unsafe.SizeOf<Elf64Dynamic>())
        {
            // The image is not relocated: values are addresses as linked.
            ulong offset = entry.Value - load.Address;
            switch (entry.Tag)
            {
                case Libc.DT_HASH:
                    hash = offset;
                    break;
                case Libc.DT_STRTAB:
                    strings = offset;
                    break;
                case Libc.DT_SYMTAB:
                    symbols = offset;
                    break;
            }
        }

        return hash != 0 && strings != 0 && symbols != 0;
    }

    private bool IsString(ulong offset, ReadOnlySpan<byte> text)
    {
        if (offset >= (ulong)_image.Length)
            return false;
        ReadOnlySpan<byte> rest = _image[(int)offset..];
        return rest.StartsWith(text) && rest.Length > text.Length && rest[text.Length] == 0;
    }

    private bool TryRead<T>(ulong offset, out T value)
        where T : unmanaged
    {
        value = default;
        return offset <= (ulong)_image.Length && MemoryMarshal.TryRead(_image[(int)offset..], out value);
    }
}
