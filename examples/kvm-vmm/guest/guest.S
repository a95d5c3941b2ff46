# A guest without an operating system: 32-bit protected mode, flat segments, no paging, no interrupts.
# It takes random numbers in every way it has and tells the host, over I/O ports, what it got.
#
#   1. looks into CPUID for RDRAND and RDSEED
#   2. ROUNDS times: RDRAND with 32 and 16 bits, RDSEED with 32 and 16 bits
#   3. binds the virtio entropy device on MMIO and has REQUESTS buffers filled
#
# build assembles it; the monitor's GuestLayout knows the same addresses and ports.

        .code32
        .text
        .globl  start

        # ports, 32 bits each
        .set    PORT_RDRAND32, 0x510
        .set    PORT_RDRAND16, 0x514
        .set    PORT_RDSEED32, 0x518
        .set    PORT_RDSEED16, 0x51c
        .set    PORT_VIRTIO,   0x520
        .set    PORT_RETRIES,  0x524
        .set    PORT_DONE,     0x528

        # what goes to PORT_DONE
        .set    DONE_ALL,      0
        .set    DONE_NO_CPUID, 1
        .set    DONE_DRY,      2
        .set    DONE_NO_DEVICE, 3
        .set    DONE_REFUSED,  4
        .set    DONE_SILENT,   5
        .set    DONE_FAULT,    6

        .set    ROUNDS, 64
        .set    RDRAND_TRIES, 10
        .set    RDSEED_TRIES, 100

        # virtio over MMIO (virtio 1.3, 4.2.2)
        .set    RNG, 0xd0000000
        .set    MAGIC, 0x74726976
        .set    REQUESTS, 16
        .set    REQUEST_BYTES, 64
        .set    QUEUE_SIZE, 8
        .set    DESCRIPTORS, 0x20000
        .set    AVAIL, 0x21000
        .set    USED, 0x22000
        .set    BUFFER, 0x23000
        .set    IDT, 0x24000

        .macro  done code
        movl    $\code, %eax
        movw    $PORT_DONE, %dx
        outl    %eax, %dx
        hlt
        .endm

        .macro  device offset, value
        movl    $\value, RNG + \offset
        .endm

start:
        call    faults

        # ---- CPUID
        movl    $1, %eax
        xorl    %ecx, %ecx
        cpuid
        testl   $1 << 30, %ecx
        jz      no_cpuid
        movl    $7, %eax
        xorl    %ecx, %ecx
        cpuid
        testl   $1 << 18, %ebx
        jz      no_cpuid

        # ---- instructions
        movl    $ROUNDS, %edi
round:
        movl    $RDRAND_TRIES, %ecx
1:      rdrand  %ebx
        jc      2f
        call    retry
        loop    1b
        jmp     dry
2:      movl    %ebx, %eax
        movw    $PORT_RDRAND32, %dx
        outl    %eax, %dx

        # A 16-bit destination leaves the upper half alone: the host sees it.
        movl    $RDRAND_TRIES, %ecx
1:      movl    $0x5a5a0000, %esi
        rdrand  %si
        jc      2f
        call    retry
        loop    1b
        jmp     dry
2:      movl    %esi, %eax
        movw    $PORT_RDRAND16, %dx
        outl    %eax, %dx

        movl    $RDSEED_TRIES, %ecx
1:      rdseed  %ebp
        jc      2f
        call    retry
        pause
        loop    1b
        jmp     dry
2:      movl    %ebp, %eax
        movw    $PORT_RDSEED32, %dx
        outl    %eax, %dx

        movl    $RDSEED_TRIES, %ecx
1:      movl    $0x5a5a0000, %ebx
        rdseed  %bx
        jc      2f
        call    retry
        pause
        loop    1b
        jmp     dry
2:      movl    %ebx, %eax
        movw    $PORT_RDSEED16, %dx
        outl    %eax, %dx

        decl    %edi
        jnz     round

        # ---- virtio: 3.1.1, device initialisation
        cmpl    $MAGIC, RNG
        jne     no_device
        cmpl    $2, RNG + 0x004         # version
        jne     no_device
        cmpl    $4, RNG + 0x008         # an entropy device
        jne     no_device
        device  0x070, 0                # reset
        device  0x070, 1                # ACKNOWLEDGE
        device  0x070, 3                # DRIVER
        device  0x024, 1                # the upper 32 features
        device  0x020, 1                # VERSION_1, and nothing else
        device  0x024, 0
        device  0x020, 0
        device  0x070, 11               # FEATURES_OK
        testl   $8, RNG + 0x070
        jz      refused
        device  0x030, 0                # queue 0
        cmpl    $QUEUE_SIZE, RNG + 0x034
        jb      refused
        device  0x038, QUEUE_SIZE
        device  0x080, DESCRIPTORS
        device  0x084, 0
        device  0x090, AVAIL
        device  0x094, 0
        device  0x0a0, USED
        device  0x0a4, 0
        device  0x044, 1                # ready
        device  0x070, 15               # DRIVER_OK

        # one descriptor, used again and again
        movl    $BUFFER, DESCRIPTORS
        movl    $0, DESCRIPTORS + 4
        movl    $REQUEST_BYTES, DESCRIPTORS + 8
        movl    $2, DESCRIPTORS + 12    # device writes; no next
        xorl    %edi, %edi              # requests made
request:
        movl    %edi, %eax
        andl    $QUEUE_SIZE - 1, %eax
        movw    $0, AVAIL + 4(,%eax,2)
        incl    %edi
        movw    %di, AVAIL + 2          # x86 keeps stores in order
        device  0x050, 0                # notify queue 0

        movl    $1000000, %ecx
1:      cmpw    USED + 2, %di
        je      2f
        pause
        loop    1b
        jmp     silent
2:      movl    RNG + 0x060, %eax       # interrupt status, and its acknowledgement
        movl    %eax, RNG + 0x064
        leal    -1(%edi), %eax
        andl    $QUEUE_SIZE - 1, %eax
        cmpl    $REQUEST_BYTES, USED + 8(,%eax,8)
        jne     silent

        xorl    %esi, %esi
3:      movl    BUFFER(%esi), %eax
        movl    $0, BUFFER(%esi)
        movw    $PORT_VIRTIO, %dx
        outl    %eax, %dx
        addl    $4, %esi
        cmpl    $REQUEST_BYTES, %esi
        jb      3b
        cmpl    $REQUESTS, %edi
        jb      request
        device  0x070, 0
        done    DONE_ALL

no_cpuid:
        done    DONE_NO_CPUID
dry:
        done    DONE_DRY
no_device:
        done    DONE_NO_DEVICE
refused:
        done    DONE_REFUSED
silent:
        done    DONE_SILENT
fault:
        done    DONE_FAULT

# Tells the host that there was no number this time.
retry:
        movl    $1, %eax
        movw    $PORT_RETRIES, %dx
        outl    %eax, %dx
        ret

# Every exception ends the run with a word to the host, instead of a triple fault.
faults:
        movl    $IDT, %eax
        movl    $32, %ecx
        movl    $fault, %ebx
        movl    %ebx, %edx
        andl    $0xffff, %ebx
        orl     $0x00080000, %ebx       # code segment 8
        andl    $0xffff0000, %edx
        orl     $0x8e00, %edx           # present, 32-bit interrupt gate
1:      movl    %ebx, (%eax)
        movl    %edx, 4(%eax)
        addl    $8, %eax
        loop    1b
        lidt    idt_register
        ret

        .balign 4
        .word   0
idt_register:
        .word   32 * 8 - 1
        .long   IDT
